"""The Hub's service: attempts come in, are kept, graded in turn, and shown to those whom they concern.

`history` and `storing` keep attempts, `inbox` finds them in the exchange, `policies` and `turns` say which is graded
when, `grader_process` grades, `grading` is the web loop's side of it, and `app` serves pages and events. `live`
holds what changes by the second, `assignment_view` and `attempt_view` what a student may see.
"""
