log.info("sent", event=event)
