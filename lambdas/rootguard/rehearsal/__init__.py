"""The rehearsal: a harmless SCP goes onto an empty OU, and the guard has to detach it. It knows no AWS."""
