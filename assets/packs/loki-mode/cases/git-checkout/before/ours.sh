loki dashboard
