from oversight_gateway_sdk import OversightClient

client = OversightClient("http://localhost:8001", KEY)
client.approve(7, True)
