"""The console's part of the HTTP API."""

from django.urls import path

from queries.api import executions, saved, sources

urlpatterns = [
    path("queries/sources", sources.SourcesView.as_view()),
    path("queries/sources/<int:id>", sources.SourceView.as_view()),
    path("queries/schema", sources.SchemaView.as_view()),
    path("queries/examples", sources.ExamplesView.as_view()),
    path("queries/limits", sources.LimitsView.as_view()),
    path("queries/executions", executions.ExecutionsView.as_view()),
    path("queries/executions/<uuid:id>", executions.ExecutionView.as_view()),
    path("queries/executions/<uuid:id>/cancel", executions.CancelView.as_view()),
    path("queries/executions/<uuid:id>/share", executions.ShareView.as_view()),
    path("queries/executions/<uuid:id>/export", executions.ExportView.as_view()),
    path("queries/saved", saved.SavedView.as_view()),
    path("queries/saved/open", saved.SavedOpenView.as_view()),
    path("queries/saved/<int:id>", saved.SavedOneView.as_view()),
    path("queries/saved/<int:id>/share", saved.SavedShareView.as_view()),
]
