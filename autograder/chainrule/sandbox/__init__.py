"""Runs student code where it can read no secret, reach no network and harm nobody.

| module | what it does |
| --- | --- |
| `limits` | what a submission may use up |
| `layers` | which sandbox layers this machine has |
| `readable` | the list of what sandboxed Python may read |
| `bubblewrap` | the command line of bubblewrap |
| `preload` | what a warm process holds |
| `server_process` | starts the process of a fork server |
| `fork_server` | one fork server: asks it for kernels, ends it |
| `server` | the warm fork servers that this process shares |
| `server_folder` | a fork server's folder, and the sweep of those left behind |
| `bytecode` | writes down what a fork server had to compile |
| `kernel` | one sandboxed kernel, as the trusted side holds it |
| `provisioner` | the same for Jupyter: a kernel provisioner |
| `bounded_client` | a kernel client that a kernel cannot flood |
| `files`, `remove` | what is laid into a scratch folder, and how a folder goes |

The code that runs on the other side is `chainrule.inside`.
"""
