"""Documents for programs that verify certificates."""


def test_programs_can_fetch_and_cache_the_documents(certificate, client):
    for name in ("issuer", "keys", "status", "achievements/course/waves", "terms"):
        answer = client.get(f"/credentials/{name}")
        assert answer.status_code == 200, name
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cache-Control"] == "public, max-age=300"
        assert "Cookie" not in answer.get("Vary", "")
    assert client.get("/credentials/achievements/course/winds").status_code == 404
    assert client.get("/credentials/keys/none").status_code == 404
