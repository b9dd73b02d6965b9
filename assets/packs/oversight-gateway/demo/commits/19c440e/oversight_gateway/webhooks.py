"""Webhooks of the new release, with the argument that breaks them."""


def trigger(logger, event, count):
    logger.info("triggering", event=event, count=count)


def delivered(logger, event, url):
    logger.info("delivered", url=url, event=event)
