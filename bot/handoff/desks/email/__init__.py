"""A helpdesk that is a mailbox: handoffs are mails, agents answer by replying."""
