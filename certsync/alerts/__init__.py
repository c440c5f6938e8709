"""What is due, to whom, and the record that makes each alert go out once."""
