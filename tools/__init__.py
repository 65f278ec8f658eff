"""The context gatherer's tools, each with an embedded twin over the sample company."""
