log.info("sent", webhook_event=event)
log.info("kept", webhook_event=event)
