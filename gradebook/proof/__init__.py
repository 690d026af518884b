"""What is needed to judge a ledger without the portal: plain values and the standard library, also when copied elsewhere."""
