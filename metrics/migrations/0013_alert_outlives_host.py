"""Alerts keep the name of their host, and stay when it is deleted."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def names_fill(apps, schema_editor):
    alerts, hosts = apps.get_model("metrics", "Alert"), apps.get_model("metrics", "Host")
    name = Subquery(hosts.objects.filter(pk=OuterRef("host_id")).values("name")[:1])
    alerts.objects.update(host_name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0012_waiting_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="host_name",
            field=models.CharField(blank=True, default="", max_length=253, verbose_name="host"),
            preserve_default=False,
        ),
        migrations.RunPython(names_fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="alert",
            name="host",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="metrics.host",
                verbose_name="host",
            ),
        ),
        migrations.AlterField(
            model_name="silence",
            name="daily_end",
            field=models.TimeField(
                blank=True,
                help_text="Not later than the start: on the next day.",
                null=True,
                verbose_name="to (time of day)",
            ),
        ),
    ]
