"""The web console: server-rendered pages over the same front desk as the API, without logic of their own."""
