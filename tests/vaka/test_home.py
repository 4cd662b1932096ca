def test_the_home_page_needs_no_account(client, db):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Learn networking on a real network" in answer.content.decode()


def test_roles_are_groups(ada, grace, ngozi):
    assert (ada.is_mentor, ada.is_instructor) == (False, False)
    assert (grace.is_mentor, grace.is_instructor) == (True, False)
    assert (ngozi.is_mentor, ngozi.is_instructor) == (False, True)
