"""Runs student code where it can read no secret, reach no network and harm nobody.

| module | what it does |
| --- | --- |
| `limits` | what a submission may use up |
| `layers` | which sandbox layers this machine has |
| `readable` | the list of what sandboxed Python may read |
| `bubblewrap` | the command line of bubblewrap |
| `preload` | what a warm process holds |
| `server_process` | starts the process of a fork server |
| `warm_process` | that process until it is warm, and its end |
| `keeper`, `keeper_messages` | a process that holds a warm one for all graders of a user, and what is said to it |
| `meeting` | where keepers and graders find each other |
| `circumstances` | what graders must have in common to share a fork server |
| `kept_process` | a keeper's warm process as a grader joins it |
| `fork_server` | one fork server: asks it for kernels, ends them |
| `server` | the warm fork servers that this process uses |
| `held_folder` | temporary folders, and the sweep of those left behind |
| `server_folder` | a fork server's folder |
| `bytecode` | writes down what a fork server had to compile |
| `kernel` | one sandboxed kernel, as the trusted side holds it |
| `provisioner` | the same for Jupyter: a kernel provisioner |
| `bounded_client` | a kernel client that a kernel cannot flood |
| `walk`, `entry`, `beneath` | the way through a folder that a student filled, by which no link is followed |
| `files`, `remove` | what is laid into a scratch folder, and how a folder goes |
| `disk` | what room there is |

The code that runs on the other side is `chainrule.inside`.
"""
