"""The API of the sample. What it does is imitated; only its flags are looked for in the code."""

VERSION = "1.0.0"
