"""Runs student code where it can read no secret, reach no network and harm nobody.

| module | what it does |
| --- | --- |
| `limits` | what a submission may use up |
| `layers` | which sandbox layers this machine has |
| `readable` | the list of what sandboxed Python may read |
| `server` | starts the fork server and asks it for kernels |
| `kernel` | one sandboxed kernel, as the trusted side holds it |
| `provisioner` | the same for Jupyter: a kernel provisioner |
| `inside/` | the code that runs on the other side |
"""
