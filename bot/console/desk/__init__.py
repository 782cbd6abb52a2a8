"""The embedded helpdesk: what handoffs bring in, and what agents do with it.

It knows of handoffs by signed webhooks alone and answers by them, like any other helpdesk.
"""
