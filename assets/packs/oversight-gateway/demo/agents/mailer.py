"""The agent that answers mail asks the gateway before it sends."""
from oversight_gateway_sdk import OversightClient

client = OversightClient("http://localhost:8001", "dev-key-12345")


def may_send(recipients: list[str]) -> bool:
    verdict = client.evaluate(
        session_id="mailer", action="send_email", metadata={"recipients": recipients}
    )
    return not verdict["needs_checkpoint"]
