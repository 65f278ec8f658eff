"""The front desk: one module per use case. It opens transactions, calls the graph and ports, and holds the rules of each use."""
