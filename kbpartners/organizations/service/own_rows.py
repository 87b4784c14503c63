"""What the tables of units themselves do when two units become one (children and regions: see `merging`)."""

from __future__ import annotations

from kbpartners.organizations.models import Coverage, Merge, Organization, Post
from kbpartners.organizations.service.followers import Follower, merge_followers
from kbpartners.scopes import MonthTally, Tally

merge_followers.append(
    Follower(
        "organizations",
        columns=(Post.organization_id,),
        # Children move with their paths, regions by their days, tallies by deltas: `merging` does that itself.
        derived=(Organization.parent_id, Coverage.organization_id, Tally.unit_id, MonthTally.unit_id),
        # Earlier merges stay as they are: who follows them comes from one unit to the next.
        kept=(Organization.merged_into_id, Merge.source_id, Merge.target_id),
    )
)
