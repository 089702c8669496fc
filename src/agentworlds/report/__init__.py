"""The run report: episode records in, one summary and one self-contained HTML page out."""

from agentworlds.report.page import render
from agentworlds.report.records import EpisodeRecord, Kind
from agentworlds.report.summary import Summary, summarise

__all__ = ["EpisodeRecord", "Kind", "Summary", "render", "summarise"]
