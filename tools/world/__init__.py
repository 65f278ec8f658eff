"""The sample company: Halyard, which sells a data platform, with its clients, people, articles and messages. All of it is invented."""
