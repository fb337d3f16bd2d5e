"""Rollout moves a change through canary stages to everyone, or back, by gate decisions, approvals and alarms."""
