"""The figures of the report, with reproducible bytes: functions to a matplotlib Figure; `study` draws them all."""
