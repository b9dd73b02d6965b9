from autonomi import AutonomiClient

KEYS = "/api/v2/keys"
PROJECTS = "/api/v2/projects?tenant_id=1"
GOOD = "/api/v2/api-keys"


def is_enterprise(status):
    return status["enterprise_mode"]
