"""The tabs and columns certsync knows. A key is the column's name everywhere in the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from certsync.sheets.names import fold

Kind = Literal["text", "id", "date", "expiry", "whole", "money", "email", "url", "choice", "yesno"]

DTYPES: Mapping[Kind, str] = {
    "text": "str",
    "id": "str",
    "date": "datetime64[us]",
    "expiry": "datetime64[us]",
    "whole": "Int64",
    "money": "Float64",
    "email": "str",
    "url": "str",
    "choice": "str",
    "yesno": "boolean",
}
"""The dtype of a frame's column of each kind."""


@dataclass(frozen=True)
class Column:
    """A column people fill. `deciding` ones falsify their row when their value is wrong.

    `choices` maps each word a person may write (folded) to the word certsync uses.
    """

    key: str
    header: str
    kind: Kind = "text"
    required: bool = False
    deciding: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Owned:
    """A column certsync writes. `kind` and `highlight` are those of `edits.ColumnEdit`."""

    key: str
    header: str
    kind: Literal["text", "whole", "date"]
    highlight: Literal["days", "status", "compliance", "pursuit"] | None = None
    width: float = 14.0


@dataclass(frozen=True)
class TabSpec:
    """One tab. `any_of` are groups of columns of which each needs at least one.

    A `critical` tab is one without which nothing can be judged; `like` is the column whose look
    new cells take.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    owned: tuple[Owned, ...]
    like: str
    aliases: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    required: bool = True
    critical: bool = False

    def names(self) -> frozenset[str]:
        """Every folded name this tab is found by."""
        return frozenset(map(fold, (self.title, *self.aliases)))

    def column(self, key: str) -> Column:
        """The column of this key. Raises KeyError."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)


SYNC_NOTES = Owned("sync_notes", "Sync Notes", "text", width=44.0)

MEMBER_STATUS = (
    ("Active", ("active", "current", "employed")),
    ("On Leave", ("on leave", "leave", "parental leave", "sabbatical")),
    ("Departed", ("departed", "left", "former", "inactive", "terminated", "resigned")),
)
VERIFIED = (
    ("Pending", ("pending", "unverified", "no", "not verified", "false")),
    ("Verified", ("verified", "yes", "confirmed", "true")),
    ("Rejected", ("rejected", "invalid", "failed")),
)
RENEWAL_STATUS = (
    ("Not Started", ("not started", "none")),
    ("Planned", ("planned", "planning")),
    ("Scheduled", ("scheduled", "booked", "exam scheduled")),
    ("In Progress", ("in progress", "started", "ongoing")),
    ("Submitted", ("submitted", "awaiting result")),
    ("Completed", ("completed", "done", "renewed")),
    ("Not Renewing", ("not renewing", "will not renew", "dropped")),
)
STUDY_STATUS = (
    ("Not Started", ("not started", "planned")),
    ("In Progress", ("in progress", "studying", "started")),
    ("Ready for Exam", ("ready for exam", "ready", "exam ready")),
)
COUNT = (
    ("People", ("people", "persons", "individuals", "members")),
    ("Certifications", ("certifications", "certificates", "certs", "credentials")),
)
LIFETIME_WORDS = (
    "does not expire", "doesn't expire", "n/a", "na", "never", "never expires", "lifetime",
    "no expiration", "no expiry", "permanent", "none",
)  # fmt: skip

TEAM_MEMBERS = TabSpec(
    "team_members",
    "Team Members",
    (
        Column("employee_id", "Employee ID", "id", True, True, ("ID", "Emp ID", "Staff ID", "Employee No", "Employee Number")),
        Column("full_name", "Full Legal Name", "text", True, True, ("Full Name", "Name", "Legal Name", "Employee Name", "Team Member")),
        Column("email", "Email", "email", True, False, ("E-mail", "Email Address", "Work Email", "Mail")),
        Column("role", "Role", aliases=("Title", "Job Title", "Position")),
        Column("department", "Department", aliases=("Dept", "Team", "Practice")),
        Column("location", "Location", aliases=("Office", "City")),
        Column("start_date", "Start Date", "date", aliases=("Hire Date", "Joined", "Start")),
        Column("manager", "Manager", aliases=("Reports To", "Manager Name", "Manager ID", "Manager Email", "Supervisor")),
        Column("status", "Status", "choice", True, True, ("Employment Status", "Member Status"), MEMBER_STATUS),
    ),
    (
        Owned("active_certifications", "Active Certifications", "whole", width=12.0),
        Owned("next_expiration", "Next Expiration", "date", width=15.0),
    ),
    like="full_name",
    aliases=("Team", "Members", "Employees", "People", "Staff", "Roster"),
    critical=True,
)  # fmt: skip

CERTIFICATIONS = TabSpec(
    "certifications",
    "Certifications",
    (
        Column("employee_id", "Employee ID", "id", False, True, ("ID", "Emp ID", "Staff ID", "Employee No", "Employee Number")),
        Column("member", "Team Member", "text", False, True, ("Employee", "Employee Name", "Full Legal Name", "Full Name", "Name", "Person", "Holder", "Member")),
        Column("certification", "Certification", "text", True, True, ("Certification Name", "Certificate", "Credential", "Cert", "Cert Name")),
        Column("issuing_body", "Issuing Body", aliases=("Issuer", "Issued By", "Vendor", "Provider")),
        Column("credential_id", "Credential ID", "id", aliases=("Certificate ID", "Certificate Number", "Credential Number", "License Number")),
        Column("verification_url", "Verification URL", "url", aliases=("Verify URL", "Verification Link", "Badge URL", "Credential URL")),
        Column("date_earned", "Date Earned", "date", False, False, ("Earned", "Issue Date", "Issued", "Date Issued", "Earned On", "Award Date")),
        Column("expiration_date", "Expiration Date", "expiry", True, True, ("Expiration", "Expires", "Expires On", "Expiry", "Expiry Date", "Valid Until", "Valid Through")),
        Column("renewal_method", "Renewal Method", aliases=("Renewal", "How to Renew")),
        Column("ceus_required", "CEUs Required", "money", aliases=("CEU Required", "PDUs Required", "CPE Required")),
        Column("ceus_earned", "CEUs Earned", "money", aliases=("CEU Earned", "PDUs Earned", "CPE Earned")),
        Column("ceu_deadline", "CEU Deadline", "date", aliases=("PDU Deadline", "CPE Deadline")),
        Column("renewal_status", "Renewal Status", "choice", choices=RENEWAL_STATUS),
        Column("verified", "Verified", "choice", False, True, ("Verification", "Verification Status"), VERIFIED),
        Column("certificate_document", "Certificate Document", aliases=("Document", "Certificate File")),
        Column("snooze_until", "Snooze Until", "date", aliases=("Snooze", "Snoozed Until")),
        Column("notes", "Notes", aliases=("Note", "Comments", "Remarks")),
    ),
    (
        Owned("status", "Status", "text", "status", 16.0),
        Owned("days_to_expiry", "Days to Expiry", "whole", "days", 14.0),
        Owned("last_alert", "Last Alert", "text", width=26.0),
        SYNC_NOTES,
    ),
    like="certification",
    aliases=("Certs", "Certification", "Certificates", "Credentials", "Certification Tracker", "Certification Records"),
    any_of=(("employee_id", "member"),),
    critical=True,
)  # fmt: skip

_REQUIREMENT_OWNED = (
    Owned("certified_now", "Certified Now", "whole", width=14.0),
    Owned("surplus", "Surplus/Deficit", "whole", width=15.0),
    Owned("compliance", "Compliance", "text", "compliance", 13.0),
    Owned("breach_date", "Breach Date", "date", width=13.0),
    SYNC_NOTES,
)
_SELECTOR = Column("requirement", "Required Certification", "text", True, True, ("Certification", "Required Certifications", "Certification Required", "Requirement"))  # fmt: skip
_MINIMUM = Column("minimum", "Minimum Count", "whole", True, True, ("Minimum", "Min Count", "Required Count", "Min", "Count Required"))  # fmt: skip
_OWNER = Column("owner", "Owner", aliases=("Program Owner", "Responsible", "Account Owner", "Account Manager"))  # fmt: skip

PARTNERSHIP_REQUIREMENTS = TabSpec(
    "partnership_requirements",
    "Partnership Requirements",
    (
        Column("program", "Program", "text", True, True, ("Partner Program", "Partnership", "Partner")),
        Column("tier", "Tier", "text", True, True, ("Level", "Partner Tier")),
        Column("deadline", "Tier Renewal Date", "date", aliases=("Renewal Date", "Tier Renewal", "Program Renewal Date")),
        _SELECTOR,
        _MINIMUM,
        Column("count", "Count", "choice", False, True, ("Counts", "Count By", "Counted As"), COUNT),
        Column("impact", "Business Impact", aliases=("Impact", "If Lost")),
        Column("annual_value", "Annual Value", "money", aliases=("Value", "Annual Revenue", "Yearly Value")),
        _OWNER,
    ),
    _REQUIREMENT_OWNED,
    like="requirement",
    aliases=("Partner Requirements", "Partnerships", "Partner Programs", "Program Requirements"),
)  # fmt: skip

PURSUITS = TabSpec(
    "pursuits",
    "Pursuits",
    (
        Column("member", "Team Member", "text", True, True, ("Employee", "Employee Name", "Full Name", "Name", "Person", "Employee ID", "Member")),
        Column("certification", "Target Certification", "text", True, True, ("Certification", "Target", "Goal")),
        Column("target_date", "Target Date", "date", True, True, ("Due Date", "Target", "Deadline")),
        Column("study_status", "Study Status", "choice", False, False, ("Progress",), STUDY_STATUS),
        Column("exam_scheduled", "Exam Scheduled", "yesno", aliases=("Exam Booked", "Scheduled")),
        Column("exam_date", "Exam Date", "date", aliases=("Exam On",)),
        Column("attempts", "Attempts", "whole", aliases=("Exam Attempts",)),
        Column("resources", "Resources", aliases=("Study Resources", "Materials")),
        Column("last_updated", "Last Updated", "date", aliases=("Updated", "Last Update")),
    ),
    (
        Owned("pursuit_status", "Pursuit Status", "text", "pursuit", 15.0),
        Owned("days_to_target", "Days to Target", "whole", None, 14.0),
        SYNC_NOTES,
    ),
    like="certification",
    aliases=("Active Pursuits", "Certification Pursuits", "In Pursuit"),
)  # fmt: skip

CLIENT_REQUIREMENTS = TabSpec(
    "client_requirements",
    "Client Requirements",
    (
        Column("client", "Client", "text", True, True, ("Customer", "Account", "Client Name")),
        Column("contract", "Contract Reference", aliases=("Contract", "Contract No", "Contract ID")),
        _SELECTOR,
        _MINIMUM,
        Column("deadline", "Audit Date", "date", aliases=("Audit", "Next Audit", "Review Date")),
        Column("annual_value", "Contract Value", "money", aliases=("Value", "Annual Value")),
        _OWNER,
    ),
    _REQUIREMENT_OWNED,
    like="requirement",
    aliases=("Client Contracts", "Clients", "Contract Requirements"),
    required=False,
)  # fmt: skip

SCHEMA: tuple[TabSpec, ...] = (
    TEAM_MEMBERS,
    CERTIFICATIONS,
    PARTNERSHIP_REQUIREMENTS,
    PURSUITS,
    CLIENT_REQUIREMENTS,
)

WANTED = frozenset().union(*(tab.names() for tab in SCHEMA))
"""The folded names of all the tabs whose cells are read."""


def spec(key: str) -> TabSpec:
    """The tab of this key. Raises KeyError."""
    for tab in SCHEMA:
        if tab.key == key:
            return tab
    raise KeyError(key)
