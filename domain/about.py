"""What a message is about, as a sentence says it after `writes about`."""

from __future__ import annotations

from domain.facts import Intent

ABOUT = {
    Intent.OUTAGE: "an outage",
    Intent.DEFECT: "a defect",
    Intent.PERFORMANCE: "performance",
    Intent.ACCESS: "access",
    Intent.INTEGRATION: "an integration",
    Intent.HOW_TO: "how something is done",
    Intent.BILLING: "billing",
    Intent.REFUND: "a refund",
    Intent.CONTRACT: "the contract",
    Intent.CANCELLATION: "a cancellation",
    Intent.SECURITY: "security",
    Intent.PRIVACY: "privacy",
    Intent.LEGAL: "a legal matter",
    Intent.COMPLAINT: "a complaint",
    Intent.FEATURE_REQUEST: "a wish for the product",
    Intent.ACCOUNT_CHANGE: "a change of the account",
    Intent.FEEDBACK: "what they think of us",
    Intent.OUT_OF_SCOPE: "something that is no matter of support",
}
