processors = [
    structlog.stdlib.add_log_level,
]
