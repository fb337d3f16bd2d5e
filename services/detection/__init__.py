"""Detection notices what people never say: runs in, signals, outcomes and alarms out."""
