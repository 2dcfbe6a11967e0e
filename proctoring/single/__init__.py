"""What one picture tells: see `report`."""

from proctoring.single.report import PictureReport, as_json, report_on

__all__ = ["PictureReport", "as_json", "report_on"]
