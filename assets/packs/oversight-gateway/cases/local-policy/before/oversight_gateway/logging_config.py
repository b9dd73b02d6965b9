processors = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]
