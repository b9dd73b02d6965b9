processors = [
    structlog.stdlib.add_logger_name,
]
