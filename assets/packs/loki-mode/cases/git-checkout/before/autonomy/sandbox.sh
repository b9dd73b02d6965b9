exec loki dashboard
