"""Partners and units: the tree, who covers what, who holds which post, and which units a record is shown to.

Each noun has a module of its own: tree (who is above whom, who sees what), coverage (regions), posts (and contacts),
records (writing units), upkeep (what follows when the tree changes), listing and branches (what pages show), merging
(two units become one), log (revisions). Asked for by their own names, since they know other features: gaps (who covers
what), covering (changing it), profile, card. This is what other features use.
"""

from kbpartners.organizations.service.branches import (
    Found,
    Move,
    branch,
    branch_as_of,
    find,
    is_office,
    move_preview,
    parent_choices,
    search,
)
from kbpartners.organizations.service.coverage import Covered, Picker, covered, picker
from kbpartners.organizations.service.listing import Detail, Filters, Listing, Row, detail, listing
from kbpartners.organizations.service.log import snapshot
from kbpartners.organizations.service.merging import Merged, merge, merged, merges_of, moved_to, undo
from kbpartners.organizations.service.merging import Preview as MergePreview
from kbpartners.organizations.service.merging import obstacles as undo_obstacles
from kbpartners.organizations.service.merging import preview as merge_preview
from kbpartners.organizations.service.posts import (
    Contact,
    Holder,
    PostHistory,
    PostItem,
    add_post,
    contacts,
    contacts_from,
    end_post,
    ending,
    history_of,
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
from kbpartners.organizations.service.soundness import check
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
    "Found",
    "Holder",
    "Listing",
    "MergePreview",
    "Merged",
    "Move",
    "Picker",
    "PostHistory",
    "PostItem",
    "Row",
    "add_post",
    "ancestors",
    "below",
    "branch",
    "branch_as_of",
    "check",
    "check_visible",
    "choices",
    "contacts",
    "contacts_from",
    "covered",
    "create",
    "detail",
    "edit",
    "edit_contact",
    "end_post",
    "ending",
    "find",
    "history_of",
    "holder_today",
    "holders",
    "in_own_tree",
    "is_office",
    "listing",
    "may_edit_contact",
    "merge",
    "merge_preview",
    "merged",
    "merges_of",
    "move",
    "move_preview",
    "moved_to",
    "names",
    "office_id",
    "on_tree_change",
    "opd_of",
    "open_work",
    "own_tree",
    "parent_choices",
    "picker",
    "posts_of",
    "role_choices",
    "scope_units",
    "search",
    "snapshot",
    "subtree_ids",
    "tally_units",
    "undo",
    "undo_obstacles",
    "visible_units",
    "way_to",
]
