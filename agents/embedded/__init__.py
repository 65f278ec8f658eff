"""The embedded model: linear classifiers, a transparent router and templates, trained here on our own texts."""
