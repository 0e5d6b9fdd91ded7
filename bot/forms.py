"""The forms of the dialogue by the names that Rasa has for them, and the buttons that begin one.

`actions.forms` has the forms themselves; both sides of the door to Rasa say the same names.
"""

APPOINTMENT = "appointment_form"
CHANGE = "change_form"
REPORT = "report_form"

BEGIN_APPOINTMENT = "formulier:afspraak"
BEGIN_CHANGE = "formulier:wijzigen"
BEGIN_REPORT = "formulier:melding"
