"""One request and what can go wrong with it; no test knows the machine that it runs on, nor waits between attempts."""
