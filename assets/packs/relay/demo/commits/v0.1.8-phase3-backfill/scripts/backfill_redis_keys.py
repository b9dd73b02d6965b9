"""The backfill of the sample: imitated, with the options and the traps of the real one."""
