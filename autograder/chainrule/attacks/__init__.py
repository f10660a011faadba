"""What hostile and unlucky submissions try: one list for the tests, the doctor and the comparison with other graders.

| module | what is tried |
| --- | --- |
| `forge`, `forge_frames`, `forge_cells` | a score that was not earned: by values, by what goes over the probe, by the notebook |
| `read` | a secret |
| `get_out` | sockets, processes, the kernel's corners, other people's files; what is left behind |
| `use_the_grader` | what the grader computes, believes and keeps |
| `break_the_batch` | what never ends, takes everything, ends its process, or is no notebook |
| `turn_on_the_instructor` | scripts and requests in what is shown |
| `hand_in` | links, folders and pipes where files are expected |

Each of them has a tuple `ATTACKS`; `attack` says what one is, `bait` is what they aim at, `trial` tries cells.
"""
