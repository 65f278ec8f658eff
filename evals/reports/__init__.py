"""What a run found, for people who were not there: a page that stands alone, a summary for a pull request, JUnit, the README table."""
