{"enterprise_mode": True}
