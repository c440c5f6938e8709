"""The patcher for .xlsx files, part by part and on whole workbooks."""
