"""The messages of a run, to be looked at before anybody gets one."""
