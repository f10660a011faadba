"""Scores back into a learning platform (Moodle, Canvas and others): LTI 1.3's Assignment and Grade Services (AGS) 2.0.

`settings` and `users` say where to and for whom, `gradebook` what; `outbox` remembers what the platform has, `sending`
sends what it lacks, and asks `platform`, which asks `web` with a token of `tokens`.
"""
