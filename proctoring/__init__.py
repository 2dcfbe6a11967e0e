"""OpenProctor: live exam proctoring in which software observes and people judge."""

__version__ = "0.1.0"
