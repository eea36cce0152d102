# Reads sources and headers; refuses an #include against the order of the modules or over a fence.
#   modules   names, each may include those to its left
#   fences    "header:module,module": the only modules that may include the header
#   science   modules without a clock

BEGIN {
    count = split(modules, name)
    for (i = 1; i <= count; i++) place[name[i]] = i
    count = split(fences, fence)
    for (i = 1; i <= count; i++) {
        split(fence[i], part, ":")
        allowed[part[1]] = "," part[2] ","
    }
    count = split(science, name)
    for (i = 1; i <= count; i++) timeless[name[i]] = 1
}

function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    bad = 1
}

function module_of(path) {
    sub(/.*\//, "", path)
    sub(/[_.].*/, "", path)
    return path
}

FNR == 1 {
    module = module_of(FILENAME)
    if (!(module in place)) complain("module " module " is not in the Makefile's list")
}

match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]*/) {
    header = substr($0, RSTART, RLENGTH)
    sub(/.*["<]/, "", header)
    if ($0 ~ /"/) {
        other = module_of(header)
        if (!(other in place)) complain("\"" header "\" belongs to no module")
        else if (module in place && place[other] > place[module])
            complain(module " includes " header ", which stands to its right in the list of modules")
    }
    if (header in allowed && !index(allowed[header], "," module ","))
        complain(header " is for " substr(allowed[header], 2, length(allowed[header]) - 2) " only")
    if (header ~ /^(sys\/)?times?\.h$/ && module in timeless)
        complain(header ": the science has no clock")
}

END {
    if (!bad) print "layers: every module includes only what stands to its left"
    exit bad
}
