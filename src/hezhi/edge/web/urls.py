"""The addresses of all pages. Every view passes through `guarded`, so a refusal always becomes a page."""

from __future__ import annotations

from django.urls import URLPattern, path

from hezhi.edge.web.actor import View
from hezhi.edge.web.views import (
    account,
    alerts,
    board,
    cases,
    checks,
    deputies,
    devices,
    documents,
    indicators,
    intake,
    ledger,
    openings,
    other_ways,
    packs,
    public,
    relatives,
    rights,
    running,
    safety,
    sign_in,
    staff,
    tasks,
    tickets,
    work,
)
from hezhi.edge.web.views.errors import guarded

app_name = "web"


def page(address: str, view: View, name: str) -> URLPattern:
    return path(address, guarded(view), name=name)


urlpatterns = [
    # open to everyone
    page("", public.home, "home"),
    page("report/", public.report, "report"),
    page("report/done/", public.report_done, "report_done"),
    page("report/<slug:pack_id>/<slug:record_id>/", public.report_form, "report_form"),
    page("track/", public.track, "track"),
    page("your-rights/", rights.rights_page, "rights"),
    page("your-rights/copy/", rights.copy, "rights_copy"),
    page("sign-in/", sign_in.sign_in, "sign_in"),
    page("sign-in/code/", sign_in.sign_in_code, "sign_in_code"),
    page("sign-in/new-password/", sign_in.first_password, "first_password"),
    page("sign-in/passkey/", other_ways.passkey, "passkey"),
    page("sign-in/provider/", other_ways.provider, "provider"),
    page("sign-in/provider/back/", other_ways.provider_back, "provider_back"),
    page("sign-out/", sign_in.sign_out, "sign_out"),
    # officers
    page("work/", work.work, "work"),
    page("notices/", account.notices_list, "notices"),
    page("notices/read/", account.notices_read, "notices_read"),
    page("account/", account.account_show, "account"),
    page("account/deputies/", deputies.deputies, "deputies"),
    page("staff/", staff.staff, "staff"),
    page("staff/hand-overs/<int:hand_over_id>/", staff.hand_over, "hand_over"),
    page("account/safety/", safety.safety, "safety"),
    page("account/relatives/", relatives.relatives, "relatives"),
    page("alerts/", alerts.alert_list, "alerts"),
    page("alerts/trusts/", alerts.trust_list, "trusts"),
    page("alerts/trusts/<int:trust_id>/end/", alerts.trust_end, "trust_end"),
    page("alerts/<int:alert_id>/", alerts.alert_show, "alert"),
    page("alerts/<int:alert_id>/relate/", alerts.alert_relate, "alert_relate"),
    page("alerts/<int:alert_id>/files/<str:sha256>/", alerts.alert_download, "alert_file"),
    page("alerts/<int:alert_id>/<slug:act>/", alerts.alert_act, "alert_act"),
    page("cases/", cases.case_list, "cases"),
    page("cases/<int:case_id>/", cases.case_show, "case"),
    page("cases/<int:case_id>/tickets/", tickets.ticket_open, "ticket_open"),
    page("cases/<int:case_id>/begin-task/", tasks.task_begin, "task_begin"),
    page("cases/<int:case_id>/dispatch-order/", documents.order_make, "order_make"),
    page("cases/<int:case_id>/files/<str:sha256>/", cases.case_download, "case_file"),
    page("cases/<int:case_id>/act/<str:act>/", cases.case_act, "case_act"),
    page("tickets/<int:ticket_id>/close/", tickets.ticket_close, "ticket_close"),
    page("tasks/<int:task_id>/take/", tasks.task_take, "task_take"),
    page("tasks/<int:task_id>/hand-over/", tasks.task_hand_over, "task_hand_over"),
    page("tasks/<int:task_id>/done/", tasks.task_done, "task_done"),
    page("checks/", checks.check_list, "checks"),
    page("checks/answers/<int:answer_id>/", checks.check_answer, "check_answer"),
    page("checks/<slug:pack_id>/<slug:check_id>/", checks.check_form, "check_form"),
    page("board/", board.board, "board"),
    page("openings/", openings.openings, "openings"),
    page("indicators/", indicators.indicator_list, "indicators"),
    page("indicators/<slug:pack_id>.csv", indicators.indicator_csv, "indicator_csv"),
    page("packs/", packs.pack_list, "packs"),
    page("packs/<slug:pack_id>/", packs.pack_show, "pack"),
    page("intake/", intake.intake_list, "intake"),
    page("intake/upload/", intake.upload, "upload"),
    page("intake/batches/<int:batch_id>/", intake.batch_show, "batch"),
    page("intake/records/<int:record_id>/", intake.record_show, "record"),
    page("intake/records/<int:record_id>/files/<str:sha256>/", intake.record_download, "record_file"),
    page("intake/records/<int:record_id>/correct/", intake.record_correct, "record_correct"),
    page("intake/records/<int:record_id>/decide/", intake.record_decide, "record_decide"),
    page("devices/", devices.device_list, "devices"),
    page("devices/<int:device_id>/", devices.device_show, "device"),
    page("devices/silences/<int:silence_id>/see/", devices.silence_see, "silence_see"),
    page("ledger/", ledger.ledger_show, "ledger"),
    page("running/", running.running_show, "running"),
    page("running/jobs/<slug:act>/", running.jobs_act, "jobs_act"),
    page("running/deliveries/retry/", running.deliveries_again, "deliveries_again"),
]
