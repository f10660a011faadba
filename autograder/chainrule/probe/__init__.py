"""The trusted side of the probe: asks a finished notebook for values, and names what came instead of one."""
