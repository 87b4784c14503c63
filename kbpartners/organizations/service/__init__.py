"""Partners and units: the tree, who covers what, who holds which post, and which units a record is shown to.

Each noun has a module of its own: tree (who is above whom, who sees what), coverage (regions), posts (and contacts),
records (writing units), upkeep (what follows when the tree changes), listing (what pages show), log (revisions).
This is what other features use.
"""

from kbpartners.organizations.service.coverage import Covered, Picker, covered, picker
from kbpartners.organizations.service.listing import (
    Detail,
    Filters,
    Row,
    counts,
    detail,
    first_commitments,
    listing,
    units_below,
)
from kbpartners.organizations.service.log import snapshot
from kbpartners.organizations.service.merging import Merged, merge, merged, merges_of, moved_to, undo
from kbpartners.organizations.service.merging import Preview as MergePreview
from kbpartners.organizations.service.merging import obstacles as undo_obstacles
from kbpartners.organizations.service.merging import preview as merge_preview
from kbpartners.organizations.service.posts import (
    Contact,
    Holder,
    PostItem,
    add_post,
    contacts,
    contacts_from,
    end_post,
    ending,
    holder_today,
    holders,
    posts_of,
    role_choices,
)
from kbpartners.organizations.service.records import (
    ContactFacts,
    Facts,
    create,
    edit,
    edit_contact,
    may_edit_contact,
    move,
)
from kbpartners.organizations.service.tree import (
    ancestors,
    below,
    check_visible,
    choices,
    in_own_tree,
    names,
    office_id,
    opd_of,
    own_tree,
    scope_units,
    subtree_ids,
    tally_units,
    visible_units,
    way_to,
)
from kbpartners.organizations.service.upkeep import on_tree_change, open_work

__all__ = [
    "Contact",
    "ContactFacts",
    "Covered",
    "Detail",
    "Facts",
    "Filters",
    "Holder",
    "MergePreview",
    "Merged",
    "Picker",
    "PostItem",
    "Row",
    "add_post",
    "ancestors",
    "below",
    "check_visible",
    "choices",
    "contacts",
    "contacts_from",
    "counts",
    "covered",
    "create",
    "detail",
    "edit",
    "edit_contact",
    "end_post",
    "ending",
    "first_commitments",
    "holder_today",
    "holders",
    "in_own_tree",
    "listing",
    "may_edit_contact",
    "merge",
    "merge_preview",
    "merged",
    "merges_of",
    "move",
    "moved_to",
    "names",
    "office_id",
    "on_tree_change",
    "opd_of",
    "open_work",
    "own_tree",
    "picker",
    "posts_of",
    "role_choices",
    "scope_units",
    "snapshot",
    "subtree_ids",
    "tally_units",
    "undo",
    "undo_obstacles",
    "units_below",
    "visible_units",
    "way_to",
]
