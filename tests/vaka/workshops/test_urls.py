"""Addresses that have moved lead to their new place."""

from django.urls import reverse


def test_the_bookmarked_overview_of_an_exam_redirects_to_its_new_address(client):
    answer = client.get("/workshops/3/exams/7/desk/")
    assert (answer.status_code, answer.url) == (302, reverse("workshops:exam_overview", args=[3, 7]))
    assert client.post("/workshops/3/exams/7/desk/").status_code == 405
