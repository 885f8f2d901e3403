"""The CSV of detections."""

from webapp.formats import detection_table


def test_an_outline_longer_than_a_cell_of_a_spreadsheet_is_left_out() -> None:
    whole = detection_table._polygon([[1.0, 2.0] * 8192])
    assert (len(whole), whole[:7]) == (detection_table.LONGEST_CELL, "1,2 1,2")
    assert detection_table._polygon([[1.0, 2.0] * 8191 + [10.0, 2.0]]) == ""
