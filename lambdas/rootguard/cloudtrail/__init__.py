"""From a CloudTrail record to what it says happened. Nothing else knows how a record looks."""
