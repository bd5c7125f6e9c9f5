{{/* Combinations that would install and then not work are refused here, with what to do. */}}
{{- define "coderunner.checks" -}}
{{- $v := .Values -}}
{{- if and $v.dataflowtools.enabled (eq $v.database.mode "embedded") -}}
{{- if or (gt (int $v.dataflowtools.replicas) 1) $v.dataflowtools.autoscaling.enabled -}}
{{- fail "dataflowtools: more than one replica needs database.mode external or bundled; SQLite serves one" -}}
{{- end -}}
{{- if ne $v.storage.mode "volume" -}}
{{- fail "storage.mode s3 needs database.mode external or bundled: the embedded database lies on the volume" -}}
{{- end -}}
{{- end -}}
{{- if and (eq $v.database.mode "external") (not (and $v.database.host $v.database.existingSecret)) -}}
{{- fail "database.mode external needs database.host and database.existingSecret" -}}
{{- end -}}
{{- if and (eq $v.cache.mode "external") (not $v.cache.host) -}}
{{- fail "cache.mode external needs cache.host" -}}
{{- end -}}
{{- if and (eq $v.storage.mode "s3") (not $v.storage.s3.bucket) -}}
{{- fail "storage.mode s3 needs storage.s3.bucket" -}}
{{- end -}}
{{- if and $v.dataflowtools.enabled (include "coderunner.dataflowIsShared" .) -}}
{{- if eq $v.cache.mode "none" -}}
{{- fail "dataflowtools: pods that share the work (replicas, worker) need cache.mode external or bundled" -}}
{{- end -}}
{{- if and (eq $v.storage.mode "volume") (not $v.storage.volume.existingClaim) (not (has "ReadWriteMany" $v.storage.volume.accessModes)) -}}
{{- fail "dataflowtools: pods that share the work need storage.volume.accessModes [ReadWriteMany], an existing claim of that kind, or storage.mode s3" -}}
{{- end -}}
{{- end -}}
{{- $packages := $v.coderunner.packages.volume -}}
{{- if and $v.coderunner.enabled $packages.size (not $packages.existingClaim) (not (has "ReadWriteMany" $packages.accessModes)) (or (gt (int $v.coderunner.replicas) 1) $v.coderunner.autoscaling.enabled) -}}
{{- fail "coderunner: replicas share packages.volume, which needs accessModes [ReadWriteMany]" -}}
{{- end -}}
{{- if and $v.coderunner.packages.extra $v.coderunner.networkPolicy.enabled (not $v.coderunner.networkPolicy.egress) -}}
{{- fail "coderunner.packages.extra needs coderunner.networkPolicy.egress: a rule that lets the pods reach the package index" -}}
{{- end -}}
{{- end -}}
