log.info("sent", event=event)
log.info("kept", webhook_event=event)
